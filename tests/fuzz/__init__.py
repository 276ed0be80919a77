"""Fuzzing, which no test run waits for."""
