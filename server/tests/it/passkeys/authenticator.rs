//! A phone or a key ring, with the browser before it: what it makes and shows, and what a forged one would.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) const ORIGIN: &str = "http://localhost:8080";
pub(super) const HOST: &str = "localhost";
pub(super) const VERIFIED: u8 = 0x04;
const PRESENT: u8 = 0x01;
const HAS_KEY: u8 = 0x40;

/// What differs from what an honest browser and authenticator say.
#[derive(Debug)]
pub(super) struct Bend<'a> {
    pub(super) origin: &'a str,
    pub(super) host: &'a str,
    pub(super) challenge: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) is_cross_origin: bool,
    pub(super) flags: u8,
    pub(super) id: Option<&'a [u8]>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) has_user: bool,
    pub(super) count: Option<u32>,
    pub(super) spoils_signature: bool,
}

impl Default for Bend<'_> {
    fn default() -> Self {
        Self {
            origin: ORIGIN,
            host: HOST,
            challenge: None,
            kind: None,
            is_cross_origin: false,
            flags: PRESENT | VERIFIED,
            id: None,
            user: None,
            has_user: true,
            count: None,
            spoils_signature: false,
        }
    }
}

enum Key {
    P256(Box<EcdsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Something that keeps one passkey.
pub(super) struct Authenticator {
    key: Key,
    pub(super) id: Vec<u8>,
    /// Whose passkey it is, in the server's word.
    pub(super) user: Vec<u8>,
    pub(super) count: u32,
}

fn written(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn read(text: &Value) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.as_str().unwrap())
        .unwrap()
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

impl Authenticator {
    pub(super) fn p256() -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap();
        Self::of(Key::P256(Box::new(pair)))
    }

    pub(super) fn ed25519() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        Self::of(Key::Ed25519(pair))
    }

    fn of(key: Key) -> Self {
        let public: &[u8] = match &key {
            Key::P256(pair) => pair.public_key().as_ref(),
            Key::Ed25519(pair) => pair.public_key().as_ref(),
        };
        Self {
            id: Sha256::digest(public).to_vec(),
            key,
            user: Vec::new(),
            count: 0,
        }
    }

    fn cose(&self) -> Vec<u8> {
        let parts: Vec<(i64, Cbor)> = match &self.key {
            Key::P256(pair) => {
                let point = pair.public_key().as_ref();
                vec![
                    (1, 2.into()),
                    (3, (-7).into()),
                    (-1, 1.into()),
                    (-2, Cbor::Bytes(point[1..33].to_vec())),
                    (-3, Cbor::Bytes(point[33..].to_vec())),
                ]
            }
            Key::Ed25519(pair) => vec![
                (1, 1.into()),
                (3, (-8).into()),
                (-1, 6.into()),
                (-2, Cbor::Bytes(pair.public_key().as_ref().to_vec())),
            ],
        };
        let parts = parts.into_iter();
        cbor(&Cbor::Map(
            parts.map(|(label, value)| (label.into(), value)).collect(),
        ))
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message);
                signed.unwrap().as_ref().to_vec()
            }
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// Makes the passkey that is asked for, as the browser hands it on.
    pub(super) fn make(&mut self, options: &Value, bend: &Bend<'_>) -> Value {
        self.user = read(&options["user"]["id"]);
        let mut data = self.data(bend, HAS_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        json!({
            "id": written(&self.id),
            "rawId": written(&self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": written(&client(options, "webauthn.create", bend)),
                "attestationObject": written(&object(data)),
            },
        })
    }

    /// Shows that the passkey is there, as the browser hands it on.
    pub(super) fn show(&mut self, options: &Value, bend: &Bend<'_>) -> Value {
        if self.count > 0 {
            self.count += 1;
        }
        let client = client(options, "webauthn.get", bend);
        let data = self.data(bend, 0);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client));
        let mut signature = self.sign(&signed);
        if bend.spoils_signature {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let user = bend.user.unwrap_or(&self.user);
        let id = written(bend.id.unwrap_or(&self.id));
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": {
                "clientDataJSON": written(&client),
                "authenticatorData": written(&data),
                "signature": written(&signature),
                "userHandle": bend.has_user.then(|| written(user)),
            },
        })
    }

    fn data(&self, bend: &Bend<'_>, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(bend.host).to_vec();
        data.push(bend.flags | flags);
        data.extend(bend.count.unwrap_or(self.count).to_be_bytes());
        data
    }

    /// What was made, with another end each time, or no key in it.
    pub(super) fn broken(made: &Value) -> Vec<Value> {
        let object: Cbor =
            ciborium::from_reader(read(&made["response"]["attestationObject"]).as_slice()).unwrap();
        let mut fields = object.as_map().unwrap().iter();
        let field = fields.find(|(name, _)| name.as_text() == Some("authData"));
        let data = field.unwrap().1.as_bytes().unwrap().clone();
        let mut longer = data.clone();
        longer.push(0);
        let mut keyless = data[..37].to_vec();
        keyless[32] = PRESENT | VERIFIED;
        let cuts = (0..data.len()).step_by(7).map(|end| data[..end].to_vec());
        cuts.chain([longer, keyless])
            .map(|data| {
                let mut broken = made.clone();
                broken["response"]["attestationObject"] = written(&self::object(data)).into();
                broken
            })
            .collect()
    }
}

fn client(options: &Value, kind: &str, bend: &Bend<'_>) -> Vec<u8> {
    let challenge = options["challenge"].as_str().unwrap();
    let data = json!({
        "type": bend.kind.unwrap_or(kind),
        "challenge": bend.challenge.unwrap_or(challenge),
        "origin": bend.origin,
        "crossOrigin": bend.is_cross_origin,
    });
    serde_json::to_vec(&data).unwrap()
}

fn object(data: Vec<u8>) -> Vec<u8> {
    let parts = [
        ("fmt", Cbor::Text("none".to_owned())),
        ("attStmt", Cbor::Map(Vec::new())),
        ("authData", Cbor::Bytes(data)),
    ];
    let parts = parts.into_iter();
    cbor(&Cbor::Map(
        parts
            .map(|(name, value)| (Cbor::Text(name.to_owned()), value))
            .collect(),
    ))
}
