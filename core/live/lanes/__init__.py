"""Pure steps from (state, input) to engine requests and estimates, one file per modality, and what runs them."""
