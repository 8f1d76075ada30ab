"""The loss and its gradient."""

from __future__ import annotations

import torch

from loss import batch_dice_loss, dice_loss, dice_loss_of_probabilities


def test_gradient_to_probabilities_is_the_papers_closed_form() -> None:
    generator = torch.Generator().manual_seed(1)
    for share in (0.0, 0.1, 0.7):
        truth = (torch.rand(3, 13, 17, generator=generator, dtype=torch.float64) < share).double()
        outputs = torch.rand(3, 13, 17, generator=generator, dtype=torch.float64, requires_grad=True)
        dice_loss_of_probabilities(outputs, truth).backward()
        with torch.no_grad():
            total = outputs.sum() + truth.sum()
            expected = -2 * (truth * total - (outputs * truth).sum()) / total**2
        # e = 1e-6 is not in the closed form: it changes the quotient by about e / total.
        assert torch.allclose(outputs.grad, expected, rtol=1e-6, atol=1e-11)


def test_gradient_to_logits_is_that_times_the_sigmoids_slope() -> None:
    generator = torch.Generator().manual_seed(2)
    truth = (torch.rand(1, 3, 5, 7, generator=generator) < 0.3).double()
    logits = torch.randn(1, 3, 5, 7, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda values: dice_loss(values, truth), logits)


def test_perfect_and_empty_masks_cost_nothing() -> None:
    truth = torch.zeros(1, 3, 4, 4)
    assert dice_loss_of_probabilities(truth, truth).item() == 0
    truth[:, :, 1:3] = 1
    assert dice_loss_of_probabilities(truth, truth).item() == 0


def test_batch_loss_ignores_what_is_not_counted_and_absent_organs() -> None:
    logits = torch.full((2, 2, 8, 8), 9.0)
    truth = torch.zeros(2, 2, 8, 8)
    truth[:, 0, :4] = 1
    counted = torch.zeros(2, 1, 8, 8)
    counted[:, :, :4] = 1
    assert batch_dice_loss(logits, truth, counted, torch.ones(2)).item() < 1e-3
    assert abs(batch_dice_loss(logits, truth, torch.ones(2, 1, 8, 8), torch.ones(2)).item() - 1 / 3) < 1e-3
