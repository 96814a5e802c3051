//! The HTML report in headless Chromium.
//!
//! Skipped with a reason where Chromium is missing, unless `IRONPIPE_REQUIRE_CHROMIUM` is set.

#[cfg(test)]
mod accessibility;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod large;
#[cfg(test)]
mod page;
#[cfg(test)]
mod webdriver;
