//! The examples of the definitions, and what holds for every history.

mod build;
mod examples;
mod properties;
