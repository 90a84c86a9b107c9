//! What holds for every request.

mod assets;
mod doors;
mod errors;
mod health;
mod origin;
mod rates;
mod shutdown;
mod tls;
mod tricks;
