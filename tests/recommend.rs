//! `dormant recommend`: what is proposed, and what is never proposed, on accounts as `aws iam` prints them.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

#[path = "recommend/edge_cases.rs"]
mod edge_cases;
#[path = "recommend/estate.rs"]
mod estate;
#[path = "recommend/files.rs"]
mod files;
#[path = "recommend/never.rs"]
mod never;
#[path = "recommend/split.rs"]
mod split;
