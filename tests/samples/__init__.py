"""Real values for every template: what a shop's day could put into it."""
