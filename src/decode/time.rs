//! Every spelling of a date that a saver has been seen to write, to an instant, "never", or "unreadable".
