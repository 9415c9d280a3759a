//! Stored bytes to the text of documents: gzip, zip, tar, encodings.
