//! The HTML report in headless Chromium.
//!
//! Skipped with a reason where Chromium is missing, unless `IRONPIPE_REQUIRE_CHROMIUM` is set.

mod accessibility;
mod fixture;
mod hostile;
mod large;
mod page;
mod webdriver;
