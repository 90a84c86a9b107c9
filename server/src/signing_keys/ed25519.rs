//! How tokens are signed and verified: Ed25519 by ring, which the server has for TLS anyway. There is no other algorithm, so
//! none can be talked into use.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, EncodingKey};
use ring::signature::{ED25519, ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, UnparsedPublicKey};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes it what this process signs and verifies with.
pub(super) fn install() {
    // Whoever came first installed the same.
    let _same = PROVIDER.install_default();
}

fn require(algorithm: Algorithm, family: AlgorithmFamily) -> Result<()> {
    if algorithm == Algorithm::EdDSA && family == AlgorithmFamily::Ed {
        Ok(())
    } else {
        Err(new_error(ErrorKind::InvalidAlgorithm))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as the provider is called"
)]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    require(*algorithm, key.family())?;
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.as_bytes());
    Ok(Box::new(Signing(
        pair.map_err(|_| ErrorKind::InvalidEddsaKey)?,
    )))
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as the provider is called"
)]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    require(*algorithm, key.family())?;
    let public = key.try_get_as_bytes()?.try_into();
    Ok(Box::new(Verifying(
        public.map_err(|_| ErrorKind::InvalidEddsaKey)?,
    )))
}

struct Signing(Ed25519KeyPair);

impl Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Verifying([u8; ED25519_PUBLIC_KEY_LEN]);

impl Verifier<Vec<u8>> for Verifying {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, signature)
            .map_err(|_| Error::new())
    }
}

impl JwtVerifier for Verifying {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{Header, Validation, decode, encode};
    use serde_json::{Value, json};

    // RFC 8037, appendix A: the key, and what signing its example with it gives.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const EXAMPLE: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const SIGNATURE: &str =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    fn signing() -> EncodingKey {
        use base64::Engine as _;
        let seed = base64::prelude::BASE64_URL_SAFE_NO_PAD
            .decode(SEED)
            .unwrap();
        let der: Vec<u8> = super::super::PKCS8_HEAD
            .iter()
            .chain(&seed)
            .copied()
            .collect();
        EncodingKey::from_ed_der(&der)
    }

    #[test]
    fn the_example_of_the_standard_is_signed_and_verified() {
        install();
        let signed = jsonwebtoken::crypto::sign(EXAMPLE.as_bytes(), &signing(), Algorithm::EdDSA);
        assert_eq!(signed.unwrap(), SIGNATURE);
        let public = DecodingKey::from_ed_components(PUBLIC).unwrap();
        let verified = |message: &str, key: &DecodingKey, algorithm| {
            jsonwebtoken::crypto::verify(SIGNATURE, message.as_bytes(), key, algorithm)
        };
        assert!(verified(EXAMPLE, &public, Algorithm::EdDSA).unwrap());
        assert!(!verified(&EXAMPLE[1..], &public, Algorithm::EdDSA).unwrap());
        assert!(verified(EXAMPLE, &public, Algorithm::ES256).is_err());
        let short = DecodingKey::from_ed_der(&[1; 31]);
        assert!(verified(EXAMPLE, &short, Algorithm::EdDSA).is_err());
    }

    #[test]
    fn a_secret_signs_nothing() {
        install();
        let secret = EncodingKey::from_secret(b"public, or not");
        let claims = json!({ "exp": 4_102_444_800_u64 });
        assert!(encode(&Header::new(Algorithm::HS256), &claims, &secret).is_err());
        let token = encode(&Header::new(Algorithm::EdDSA), &claims, &signing()).unwrap();
        let public = DecodingKey::from_ed_components(PUBLIC).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        assert!(decode::<Value>(&token, &public, &validation).is_ok());
        validation.algorithms = vec![Algorithm::HS256];
        assert!(decode::<Value>(&token, &public, &validation).is_err());
    }
}
