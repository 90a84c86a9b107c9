//! What holds for every request.

mod assets;
mod doors;
mod errors;
mod every_door;
mod health;
mod origin;
mod rates;
mod shutdown;
mod tls;
mod tricks;
