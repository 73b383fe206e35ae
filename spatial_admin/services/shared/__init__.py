"""What several rooms read, parse and transform with."""
