"""What an operator does to an installed hub: releases, backups, secrets, health, diagnosis."""
