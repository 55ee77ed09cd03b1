"""The bodies of task functions: what is known of them, why they may not move, and how they are written elsewhere."""
