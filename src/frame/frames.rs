//! A table that is made while it is written: in a large estate it is larger than memory.

use polars::prelude::*;

/// Makes the rows of a table, a frame at a time and at least one, which gives the schema; hands each frame to the sink.
pub type Frames<'f> = Box<dyn Fn(&mut Sink) -> PolarsResult<()> + Send + Sync + 'f>;

/// Takes the frames of a table, in order.
pub type Sink<'s> = dyn FnMut(DataFrame) -> PolarsResult<()> + 's;
