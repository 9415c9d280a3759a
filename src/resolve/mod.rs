//! Answers to dumps: whom each is about, which belong together, and what they prove.
