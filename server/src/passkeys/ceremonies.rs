//! What a browser brings back from an authenticator, and whether it fits: W3C Web Authentication Level 3, sections 7.1
//! (a new passkey) and 7.2 (coming in). Pure; whose passkey it is and what follows is decided by [`super`].
//!
//! What makes of authenticators are there is nobody's business here (attestation `none`): what an authenticator says of
//! its make is not looked at. So of a new passkey nothing is signed; it is the word of a browser whose person has just
//! shown the password, for a challenge of ours.

use super::Unfit;
use super::keys::{Key, value};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

/// The longest name that an authenticator may give a passkey.
const ID_BYTES_MAX: usize = 1_023;

// What the authenticator says of what it did.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_BACKED_UP: u8 = 0x08;
const IS_BACKED_UP: u8 = 0x10;
const HAS_KEY: u8 = 0x40;
const HAS_MORE: u8 = 0x80;

/// Where passkeys are good.
pub(super) struct Site {
    /// The host, without a port.
    pub(super) id: String,
    /// As browsers write it.
    pub(super) origin: String,
}

/// Bytes that browsers write in base64url.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
        bytes.map(Bytes).map_err(serde::de::Error::custom)
    }
}

/// A new passkey, as the browser brings it (`RegistrationResponseJSON`).
#[derive(Deserialize)]
pub(super) struct Made {
    response: MadeResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    attestation_object: Bytes,
}

/// What is kept of a new passkey.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) id: Vec<u8>,
    /// COSE, and one that [`Key::read`] takes.
    pub(super) public_key: Vec<u8>,
    pub(super) sign_count: u32,
}

impl Made {
    /// The new passkey, if it was made here and now, by somebody who showed the authenticator that it is them.
    pub(super) fn check(&self, site: &Site, challenge: &str) -> Result<Credential, Unfit> {
        check_client(
            &self.response.client_data,
            "webauthn.create",
            site,
            challenge,
        )?;
        let mut object = self.response.attestation_object.0.as_slice();
        let object = value(&mut object).ok_or("it is no CBOR")?;
        let map = object.as_map().ok_or("it is no map")?;
        let data = map
            .iter()
            .find(|(key, _)| key.as_text() == Some("authData"));
        let data = data.and_then(|(_, data)| data.as_bytes());
        let data = AuthenticatorData::read(data.ok_or("it has no data")?, site)?;
        let (id, public_key) = data.credential.ok_or("it has no key")?;
        Key::read(&public_key)?;
        Ok(Credential {
            id,
            public_key,
            sign_count: data.sign_count,
        })
    }
}

/// Somebody's word that they have a passkey, as the browser brings it (`AuthenticationResponseJSON`).
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(rename = "rawId")]
    pub(super) id: Bytes,
    response: ShownResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    user_handle: Option<Bytes>,
}

impl Shown {
    /// Whose passkey it is, in the authenticator's words; it must be the one who has it here.
    pub(super) fn user_handle(&self) -> Option<&[u8]> {
        Some(self.response.user_handle.as_ref()?.0.as_slice())
    }

    /// How often the authenticator has signed, if this was signed here and now with that key, by somebody who showed the
    /// authenticator that it is them.
    pub(super) fn check(
        &self,
        site: &Site,
        challenge: &str,
        public_key: &[u8],
    ) -> Result<u32, Unfit> {
        let response = &self.response;
        check_client(&response.client_data, "webauthn.get", site, challenge)?;
        let data = AuthenticatorData::read(&response.authenticator_data.0, site)?;
        let mut signed = response.authenticator_data.0.clone();
        signed.extend(Sha256::digest(&response.client_data.0));
        if !Key::read(public_key)?.verifies(&signed, &response.signature.0) {
            return Err("the signature is wrong");
        }
        Ok(data.sign_count)
    }
}

/// What the browser says that it did.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<String>,
}

fn check_client(bytes: &Bytes, kind: &str, site: &Site, challenge: &str) -> Result<(), Unfit> {
    let data: ClientData =
        serde_json::from_slice(&bytes.0).map_err(|_| "what the browser says is no JSON")?;
    if data.kind != kind {
        return Err("it was made for something else");
    }
    if data.challenge != challenge {
        return Err("it answers another challenge");
    }
    if data.origin != site.origin {
        return Err("it was made on another site");
    }
    if data.cross_origin || data.top_origin.is_some() {
        return Err("it was made within another site's page");
    }
    Ok(())
}

/// What the authenticator says.
struct AuthenticatorData {
    sign_count: u32,
    /// Of a new passkey: its name and its public key.
    credential: Option<(Vec<u8>, Vec<u8>)>,
}

impl AuthenticatorData {
    fn read(bytes: &[u8], site: &Site) -> Result<Self, Unfit> {
        const CUT: Unfit = "its data is cut short";
        let (host, rest) = bytes.split_at_checked(32).ok_or(CUT)?;
        let (flags, rest) = rest.split_first().ok_or(CUT)?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>().ok_or(CUT)?;
        if host != Sha256::digest(site.id.as_bytes()).as_slice() {
            return Err("it is for another host");
        }
        let has = |flag: u8| flags & flag != 0;
        if !has(PRESENT) || !has(VERIFIED) {
            return Err("the authenticator did not see who it was");
        }
        if has(IS_BACKED_UP) && !has(MAY_BE_BACKED_UP) {
            return Err("it is backed up and cannot be");
        }
        let credential = if has(HAS_KEY) {
            // Before it stands what the authenticator is made as.
            let (_, after) = rest.split_at_checked(16).ok_or(CUT)?;
            let (length, after) = after.split_first_chunk::<2>().ok_or(CUT)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (id, after) = after.split_at_checked(length).ok_or(CUT)?;
            if id.is_empty() || id.len() > ID_BYTES_MAX {
                return Err("its name is too long");
            }
            rest = after;
            Some((id.to_vec(), taken(&mut rest)?.to_vec()))
        } else {
            None
        };
        if has(HAS_MORE) {
            taken(&mut rest)?;
        }
        if !rest.is_empty() {
            return Err("there is more than it says");
        }
        Ok(Self {
            sign_count: u32::from_be_bytes(*sign_count),
            credential,
        })
    }
}

/// Takes one CBOR value from the front, as it is written.
fn taken<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Unfit> {
    let before = *rest;
    value(rest).ok_or("its data is no CBOR")?;
    Ok(&before[..before.len() - rest.len()])
}
