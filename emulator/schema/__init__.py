"""What people write in files: exact numbers, tables of keys, and what is wrong with them."""
