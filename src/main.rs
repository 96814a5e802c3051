//! The `ironpipe` binary: hands over to [`ironpipe::cli`].

fn main() {}
