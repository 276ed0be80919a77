"""What is done with groups of completions of one prompt: voting, and selection for fine-tuning."""
