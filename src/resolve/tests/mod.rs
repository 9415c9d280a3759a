//! Stories over whole runs: answers built by hand go in, and dumps and problems come out.

mod build;
mod evidence;
mod order;
mod pages;
mod who;
