"""Who may do what, without any web framework."""
