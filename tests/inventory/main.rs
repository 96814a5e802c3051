//! The inventory file, imports and the backends that answer queries.

#[cfg(test)]
mod backend;
#[cfg(test)]
mod files;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod support;
