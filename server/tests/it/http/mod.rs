//! What holds for every request.

mod assets;
mod errors;
mod health;
mod origin;
mod shutdown;
