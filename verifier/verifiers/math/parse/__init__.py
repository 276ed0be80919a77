"""Text to trees: normalisation, lexer, grammar, and the canonical form of what they find."""
