"""Where app events come from."""
