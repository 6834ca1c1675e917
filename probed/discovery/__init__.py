"""What runs on this host, and which inspections would watch it: found by looking, written only when told."""
