//! The `ironpipe` binary: hands over to [`ironpipe::cli`].

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ironpipe::cli::main()
}
