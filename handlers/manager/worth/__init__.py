"""What customers are worth, and which of them may be lost."""
