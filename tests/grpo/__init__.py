"""The trainer. `make setup-train` brings what these tests need."""
