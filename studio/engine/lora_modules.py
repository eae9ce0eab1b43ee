"""What a network adds to a weight: LoRA, LoCon, LoHa, LoKr, (IA)3, full, norm, one function each; a new kind is one more entry in `KINDS`."""
