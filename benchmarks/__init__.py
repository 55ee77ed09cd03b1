"""How fast Cascade compiles, interprets and goes round, against the plain Python a person would write."""
