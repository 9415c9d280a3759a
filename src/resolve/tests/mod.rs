//! Stories over whole runs: answers built by hand go in, dumps and problems are looked at.

mod build;
mod evidence;
mod order;
mod pages;
mod who;
