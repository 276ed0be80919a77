"""Programs that try to be paid for answers that they do not have, and their honest twins."""
