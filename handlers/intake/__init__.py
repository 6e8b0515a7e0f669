"""What other systems send in over HTTP: units of work like those behind a message, with nobody to answer."""
