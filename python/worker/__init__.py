"""The parts of the Transformers worker. Standard library, torch and transformers only; Python 3.9 and newer."""
