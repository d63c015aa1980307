"""Keys and sealed columns: one data key for each owner and purpose, wrapped by the master key ring."""
