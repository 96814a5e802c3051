//! The `ironpipe` binary: hands over to [`ironpipe::cli`].

fn main() -> std::process::ExitCode {
    ironpipe::cli::main()
}
