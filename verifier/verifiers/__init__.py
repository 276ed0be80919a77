"""One verifier, one room. Each imports the schema, the errors and the registry; none imports another."""
