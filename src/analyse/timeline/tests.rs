//! The examples of the definitions, and what must hold for every history.

mod build;
mod examples;
mod properties;
