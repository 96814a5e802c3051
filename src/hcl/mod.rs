//! Reads a mod folder: parses HCL, evaluates expressions, resolves references, builds the model.
