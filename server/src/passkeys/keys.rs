//! Public keys as authenticators write them (COSE, RFC 9052 and 9053), of the three kinds that are asked for.

use super::Unfit;
use ciborium::Value;
use ciborium::de::from_reader_with_recursion_limit;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

/// The kinds of keys that are asked for, by their numbers in COSE, the most wanted first.
pub(super) const KINDS: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

// What the parts of a key are labelled with.
const KIND_OF_KEY: i64 = 1;
const KIND: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

/// The longest modulus and exponent that are looked at: 8192 bits.
const RSA_BYTES_MAX: usize = 1_024;

/// How deep what an authenticator writes may nest; what honest ones write nests twice.
const DEPTH_MAX: usize = 16;

/// Takes one CBOR value from the front of some bytes; nothing where there is none.
pub(super) fn value(bytes: &mut &[u8]) -> Option<Value> {
    from_reader_with_recursion_limit(bytes, DEPTH_MAX).ok()
}

/// A public key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// On the curve P-256, as an uncompressed point.
    Es256([u8; 65]),
    /// Ed25519.
    EdDsa([u8; 32]),
    /// RSA, with SHA-256 and the padding of PKCS #1.
    Rs256 {
        /// What is computed by.
        modulus: Vec<u8>,
        /// How often it is multiplied.
        exponent: Vec<u8>,
    },
}

impl Key {
    /// The key of these bytes.
    pub(super) fn read(mut cose: &[u8]) -> Result<Self, Unfit> {
        let value = value(&mut cose).ok_or("its key is no CBOR")?;
        let map = value.as_map().ok_or("its key is no map")?;
        let part = |label: i64| {
            let found = map.iter().find(|(key, _)| number(key) == Some(label));
            found.map(|(_, value)| value)
        };
        let is = |label, wanted| part(label).and_then(number) == Some(wanted);
        let bytes = |label| part(label).and_then(Value::as_bytes);
        let half = |label| -> Option<[u8; 32]> { bytes(label)?.as_slice().try_into().ok() };
        let long = |label| {
            bytes(label)
                .filter(|bytes| bytes.len() <= RSA_BYTES_MAX)
                .cloned()
        };
        let key = match part(KIND).and_then(number) {
            Some(ES256) if is(KIND_OF_KEY, 2) && is(CURVE, 1) => {
                half(X).zip(half(Y)).map(|(x, y)| {
                    let mut point = [4; 65];
                    point[1..33].copy_from_slice(&x);
                    point[33..].copy_from_slice(&y);
                    Key::Es256(point)
                })
            }
            Some(EDDSA) if is(KIND_OF_KEY, 1) && is(CURVE, 6) => half(X).map(Key::EdDsa),
            Some(RS256) if is(KIND_OF_KEY, 3) => {
                let parts = long(MODULUS).zip(long(EXPONENT));
                parts.map(|(modulus, exponent)| Key::Rs256 { modulus, exponent })
            }
            _ => None,
        };
        key.ok_or("its key is of no kind that was asked for")
    }

    /// Whether this key signed a message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Key::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Key::EdDsa(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Key::Rs256 { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_integer()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cose(parts: &[(i64, Value)]) -> Vec<u8> {
        let parts = parts.iter().cloned();
        let map = Value::Map(parts.map(|(label, value)| (label.into(), value)).collect());
        let mut bytes = Vec::new();
        ciborium::into_writer(&map, &mut bytes).unwrap();
        bytes
    }

    fn p256(curve: i64, x: usize) -> Vec<u8> {
        cose(&[
            (KIND_OF_KEY, 2.into()),
            (KIND, ES256.into()),
            (CURVE, curve.into()),
            (X, Value::Bytes(vec![1; x])),
            (Y, Value::Bytes(vec![2; 32])),
        ])
    }

    #[test]
    fn keys_of_the_three_kinds_are_read() {
        let Key::Es256(point) = Key::read(&p256(1, 32)).unwrap() else {
            panic!("another kind");
        };
        assert_eq!((point[0], point[32], point[33]), (4, 1, 2));
        let ed25519 = cose(&[
            (KIND_OF_KEY, 1.into()),
            (KIND, EDDSA.into()),
            (CURVE, 6.into()),
            (X, Value::Bytes(vec![7; 32])),
        ]);
        assert_eq!(Key::read(&ed25519).unwrap(), Key::EdDsa([7; 32]));
        let rsa = cose(&[
            (KIND_OF_KEY, 3.into()),
            (KIND, RS256.into()),
            (MODULUS, Value::Bytes(vec![9; 256])),
            (EXPONENT, Value::Bytes(vec![1, 0, 1])),
        ]);
        let read = Key::Rs256 {
            modulus: vec![9; 256],
            exponent: vec![1, 0, 1],
        };
        assert_eq!(Key::read(&rsa).unwrap(), read);
    }

    #[test]
    fn nothing_else_is_a_key() {
        let mixed = cose(&[(KIND_OF_KEY, 3.into()), (KIND, ES256.into())]);
        let large = cose(&[
            (KIND_OF_KEY, 3.into()),
            (KIND, RS256.into()),
            (MODULUS, Value::Bytes(vec![9; RSA_BYTES_MAX + 1])),
            (EXPONENT, Value::Bytes(vec![1, 0, 1])),
        ]);
        let deep = vec![0x81; 10_000];
        let endless = [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        for bad in [
            &b""[..],
            b"\xff",
            b"\x01",
            &p256(2, 32),
            &p256(1, 31),
            &mixed,
            &large,
            &deep,
            &endless,
        ] {
            assert!(Key::read(bad).is_err(), "{:?}", &bad[..bad.len().min(16)]);
        }
    }

    #[test]
    fn an_unfit_key_verifies_nothing() {
        for key in [
            Key::Es256([0; 65]),
            Key::EdDsa([0xff; 32]),
            Key::Rs256 {
                modulus: Vec::new(),
                exponent: Vec::new(),
            },
        ] {
            assert!(!key.verifies(b"message", b"signature"));
        }
    }
}
