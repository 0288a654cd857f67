"""What a model costs on this machine: named protocols, the machine, and the records."""
