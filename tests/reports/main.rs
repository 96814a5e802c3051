//! Every output format, from runs made by hand.

#[cfg(test)]
mod formats;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod layout;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod schemas;
