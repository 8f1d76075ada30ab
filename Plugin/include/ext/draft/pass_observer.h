/*
 * pass_observer.h: a draft extension of islet.h. The host sees the mask after every pass of a run.
 *
 * For hosts that draw the iteration, or that measure a whole cohort in one run a case. Offered by the host: the plugin
 * asks islet_host.get_extension(ISLET_EXT_PASS_OBSERVER) at the start of every segment and calls `on_pass` after the
 * coarse pass and after each fine round. A host that does not offer it pays nothing.
 *
 * A draft may still change, then with another number at the end of its id; nothing else of the host depends on it.
 *
 * Research use only. Not for diagnosis.
 */
#ifndef ISLET_EXT_DRAFT_PASS_OBSERVER_H
#define ISLET_EXT_DRAFT_PASS_OBSERVER_H

#include "../../islet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ISLET_EXT_PASS_OBSERVER "org.islet.pass-observer/draft-1"

/* A finished pass. Borrowed: everything in it is valid during the call of on_pass only. */
typedef struct islet_pass {
  uint32_t struct_size;
  /* 0 for the coarse pass, then the fine rounds from 1. */
  uint32_t round;
  /* "coarse" or "fine", as in islet_host.progress. */
  const char *stage;
  /* d(t), the DSC of this round's mask and the one before; NaN for the coarse pass. */
  double dsc_to_previous;
  /* The mask after the pass as in islet_output.mask: one byte per voxel of the input's grid, packed, axis 0 fastest.
   * A round that lost the organ shows its empty mask here; the result keeps the one before. */
  const uint8_t *mask;
  uint64_t mask_bytes;
  /* What each view of this pass found on its own, as in islet_output.view_masks. */
  const uint8_t *view_masks;
  uint64_t view_masks_bytes;
} islet_pass;

/* What the host offers. Must stay valid until segment returns. */
typedef struct islet_pass_observer {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  /* Called on the thread that called segment, with islet_host.host_data. To end the run: let is_cancelled say so. A
   * run from an initial mask has no coarse pass and is first heard of after round 1. */
  void (*on_pass)(void *host_data, const islet_pass *pass);
} islet_pass_observer;

#ifdef __cplusplus
}
#endif

#endif
