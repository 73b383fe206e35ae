"""What the product does, one verb a module; every face (API, admin, commands, jobs) calls these."""
