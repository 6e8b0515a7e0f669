"""Reports: asked for, or by themselves at the times a manager chose."""
