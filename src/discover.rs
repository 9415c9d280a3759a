//! Paths to a sorted list of files.
