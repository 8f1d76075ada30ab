/*
 * islet.h: the whole promise between Islet, an organ-segmentation plugin, and a medical image viewer.
 *
 * A viewer loads one shared library, looks up the one exported function `islet_plugin_entry`, and gets a table of
 * functions. It hands over a CT volume and gets back a mask, a probability map and a summary of how the run went.
 *
 *   create -> load_bundle -> segment (any number of times) -> destroy
 *
 * Research use only. Not for diagnosis.
 *
 * Rules that hold everywhere
 *   Sizes      The first field of every struct is `struct_size`, set to sizeof(the struct) by whoever fills it. A
 *              reader uses a field only if it lies inside. Fields are appended, never moved or given a new meaning.
 *              Fields that lie outside read as 0, the default, so a host may be older or newer than the plugin. A
 *              struct that ends before what makes it one (docs/abi-policy.md) is ISLET_ERROR_STRUCT_SIZE.
 *   Defaults   Zero or NULL means "the default" wherever no other meaning is stated.
 *   Ownership  No memory changes owner, so there is no free function. What the host passes is borrowed for the
 *              call; strings that the plugin returns live as stated at each function.
 *   Threads    One call at a time per instance, from any thread. Different instances may run in parallel.
 *              A second call on an instance that is at work returns ISLET_ERROR_BUSY.
 *   Errors     Every function that can fail returns an islet_status; `last_error` holds the sentence.
 *   Processes  By default segment computes in a worker process (ISLET_ISOLATION_*). The plugin waits for its own child
 *              only; a host that waits for any child, or ignores SIGCHLD, does no harm.
 *   Manners    The plugin never exits, aborts, prints, installs signal handlers, touches the network, or leaves a
 *              thread behind after a call returns. Host callbacks must not throw or longjmp.
 *   Text       UTF-8, zero-terminated.
 *   Space      LPS millimetres (x+ left, y+ posterior, z+ superior), as DICOM and ITK.
 *
 * Needs C11 or C++11 and nothing but <stdint.h> and <stddef.h>.
 */
#ifndef ISLET_H
#define ISLET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ version */

/* Version of this header: major << 16 | minor. Another major does not fit; another minor does, sizes decide. */
#define ISLET_ABI_MAJOR 1u
#define ISLET_ABI_MINOR 0u
#define ISLET_ABI_VERSION ((ISLET_ABI_MAJOR << 16) | ISLET_ABI_MINOR)

/* Name of the one exported function, for dlsym. */
#define ISLET_ENTRY_SYMBOL "islet_plugin_entry"

/* ------------------------------------------------------------------- status */

/* Result of a call. Numbers are never reused. 1xx: the caller; 2xx: the bundle; 3xx: resources; 4xx: the plugin. */
typedef int32_t islet_status;

#define ISLET_OK 0
/* The host's is_cancelled said so. An outcome, not an error. */
#define ISLET_CANCELLED 1
/* A pointer that must not be NULL is NULL. */
#define ISLET_ERROR_ARGUMENT 100
/* The host was built for another major version of this header. */
#define ISLET_ERROR_ABI_MISMATCH 101
/* A struct_size is smaller than the fields that every version has. */
#define ISLET_ERROR_STRUCT_SIZE 102
/* A call came too early: segment, describe_bundle or trace before what they need. */
#define ISLET_ERROR_WRONG_ORDER 103
/* Another call is at work on this instance. */
#define ISLET_ERROR_BUSY 104
/* The volume's sizes, strides, geometry or voxels cannot be used. */
#define ISLET_ERROR_VOLUME 105
/* An output buffer is missing, too small or of an unknown type. */
#define ISLET_ERROR_OUTPUT 106
/* The request asks for something unknown, out of range or not offered by this plugin or bundle. */
#define ISLET_ERROR_REQUEST 107
/* A config accepts flags that cannot be accepted, or its trusted keys or minimum versions cannot be read; the host's
 * log says which. */
#define ISLET_ERROR_CONFIG 108
/* The bundle file cannot be opened or read. */
#define ISLET_ERROR_BUNDLE_UNREADABLE 200
/* The file is no Islet bundle. */
#define ISLET_ERROR_BUNDLE_FORMAT 201
/* The bundle needs a newer plugin. */
#define ISLET_ERROR_BUNDLE_VERSION 202
/* The bundle is damaged: truncated, or a checksum does not match. */
#define ISLET_ERROR_BUNDLE_CORRUPT 203
/* The bundle's manifest is invalid or contradicts itself. */
#define ISLET_ERROR_BUNDLE_MANIFEST 204
/* A tensor of the bundle is missing, of another shape than its network needs, or not finite. */
#define ISLET_ERROR_BUNDLE_TENSOR 205
/* The bundle has no signature. 206 to 209 are lifted one by one in islet_config.accepted_flags. */
#define ISLET_ERROR_BUNDLE_UNSIGNED 206
/* The bundle is signed with a key that islet_config.trusted_keys does not name. */
#define ISLET_ERROR_BUNDLE_FOREIGN 207
/* The bundle's signature does not fit it: one of the two was changed. */
#define ISLET_ERROR_BUNDLE_CHANGED 208
/* The bundle is older than the oldest version that is accepted. */
#define ISLET_ERROR_BUNDLE_ROLLED_BACK 209
/* The computation could not get the memory or the threads it needs. */
#define ISLET_ERROR_RESOURCES 300
/* oneDNN, the library that computes, is missing or too old. Only segment needs it. */
#define ISLET_ERROR_ENGINE 301
/* A fault of the plugin itself; please report it with the sentence of last_error. */
#define ISLET_ERROR_INTERNAL 400
/* The worker process could not be started, or it ended: a crash, a kill, the memory budget. The host is unharmed; the
 * next segment starts another one. */
#define ISLET_ERROR_WORKER 401

/* --------------------------------------------------------------------- host */

#define ISLET_LOG_DEBUG 0
#define ISLET_LOG_INFO 1
#define ISLET_LOG_WARNING 2
#define ISLET_LOG_ERROR 3

/* What the host offers to an instance. Every function may be NULL. Copied by `create`. */
typedef struct islet_host {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  /* The host's name and version for logs; may be NULL. Read during `create` only. */
  const char *name;
  const char *version;
  /* Handed back in every callback. */
  void *host_data;
  /* One line of text. Only on the thread that called into the plugin. */
  void (*log)(void *host_data, int32_t severity, const char *message);
  /* Work done so far, 0...1, never falling within one call of segment; `stage` is "load", "prepare", "coarse",
   * "fine" or "finish", `iteration` counts the fine rounds from 1 (0 in the other stages). Only on the thread that
   * called segment. */
  void (*progress)(void *host_data, double fraction, const char *stage, uint32_t iteration, const char *message);
  /* Non-zero asks the plugin to stop. Polled before every slice, also from worker threads of the call: must be
   * quick and safe to call from any thread while segment runs. */
  int32_t (*is_cancelled)(void *host_data);
  /* A host extension by id ("org.islet.<name>/<rev>"), or NULL when unknown. Asked for on the thread that called into
   * the plugin. None is promised in 1.0; ext/draft/ holds drafts. */
  const void *(*get_extension)(void *host_data, const char *id);
  /* since 1.0 up to here */
} islet_host;

/* ------------------------------------------------------------------- volume */

#define ISLET_ELEMENT_INT16 1u
#define ISLET_ELEMENT_UINT16 2u
#define ISLET_ELEMENT_INT32 3u
#define ISLET_ELEMENT_FLOAT32 4u
#define ISLET_ELEMENT_UINT8 5u /* outputs only */

/* A CT volume. Borrowed, read-only, valid during the call. HU = rescale_slope * stored + rescale_intercept. */
typedef struct islet_volume {
  uint32_t struct_size;
  /* ISLET_ELEMENT_INT16, _UINT16, _INT32 or _FLOAT32, in the byte order of the machine. */
  uint32_t element_type;
  /* Address of voxel (0, 0, 0). Need not be aligned. */
  const void *voxels;
  /* Voxels along each array axis, at least 1. */
  uint64_t size[3];
  /* Bytes from a voxel to its neighbour along each axis; may be negative or padded. All 0: packed, axis 0 fastest. */
  int64_t stride_bytes[3];
  /* Slope 0 means 1. */
  double rescale_slope;
  double rescale_intercept;
  /* Distance between voxel centres along each array axis, mm. */
  double spacing_mm[3];
  /* Centre of voxel (0, 0, 0) in LPS, mm. */
  double origin_lps_mm[3];
  /* Unit vectors in LPS of array axes 0, 1, 2, one after the other; orthonormal within 0.001. All 0: identity. */
  double direction_lps[9];
  /* since 1.0 up to here */
} islet_volume;

/* ------------------------------------------------------------------ request */

/* The default is exact. Fast: the coarse pass takes one slice in three, and AUTO may be bfloat16 without a record. */
#define ISLET_QUALITY_DEFAULT 0u
#define ISLET_QUALITY_EXACT 1u
#define ISLET_QUALITY_FAST 2u

/* Arithmetic of the networks. AUTO takes the fastest that this processor has and that the bundle's own record shows to
 * give the same masks (mean DSC of at least 0.995 against FLOAT32); without a record FLOAT32. The trace says which, and
 * why. A precision that is named and cannot be had is refused with ISLET_ERROR_REQUEST. */
#define ISLET_PRECISION_AUTO 0u
#define ISLET_PRECISION_FLOAT32 1u
#define ISLET_PRECISION_BFLOAT16 2u
#define ISLET_PRECISION_INT8 3u

/* Bits of islet_request.overrides: which of the fields below replace what the bundle's profile says. */
#define ISLET_OVERRIDE_ROUNDS (1u << 0)
#define ISLET_OVERRIDE_THRESHOLD (1u << 1)
#define ISLET_OVERRIDE_MARGIN (1u << 2)
#define ISLET_OVERRIDE_COMPONENT_RATIO (1u << 3)

/* How the answers of the three views become one mask. The default is the bundle's profile. */
#define ISLET_FUSION_DEFAULT 0u
#define ISLET_FUSION_MAJORITY 1u /* two of three views find the voxel */
#define ISLET_FUSION_MEAN 2u     /* the mean of their probabilities is at least a half */

/* Where segment computes. The result has the same bits.
 * PROCESS: in the program islet-worker beside the plugin's file, one per instance, started by the first segment and
 * ended by load_bundle and destroy, or when the host ends in whatever way. A crash in it is a status here.
 * NONE: in the host's own process, on its own threads. */
#define ISLET_ISOLATION_DEFAULT 0u /* PROCESS */
#define ISLET_ISOLATION_NONE 1u
#define ISLET_ISOLATION_PROCESS 2u

/* What to do. A NULL request means all defaults. */
typedef struct islet_request {
  uint32_t struct_size;
  /* Label value of the organ as in describe_bundle; 0: the bundle's first. */
  uint32_t label;
  /* ISLET_QUALITY_*, ISLET_PRECISION_*. */
  uint32_t quality;
  uint32_t precision;
  /* Worker threads, at most 256; 0: one per core that this process may use. The result does not depend on it. */
  uint32_t threads;
  /* ISLET_OVERRIDE_* bits. */
  uint32_t overrides;
  /* Largest number of fine rounds T, 0...100; 0 leaves the coarse mask. */
  uint32_t rounds;
  /* Frame around the mask in pixels of the working grid, 0...512. */
  uint32_t margin;
  /* Threshold R of the stopping rule, 0...1. */
  double threshold;
  /* A mask to start from in place of the coarse pass: what a user drew, or a truth for the paper's oracle boxes. One
   * byte per voxel of the volume's grid, packed, axis 0 fastest; not 0: organ. The fine rounds begin with boxes around
   * it; on a coarser working grid a voxel counts where at least half of it is organ. Borrowed during the call; NULL:
   * the run starts with the coarse pass. The bytes must be as many as the volume has voxels. */
  const uint8_t *initial_mask;
  uint64_t initial_mask_bytes;
  /* Most bytes that the run may take, counted as in islet_plan.bytes; 0: no limit. Where the usual schedule needs more the
   * run keeps less in memory and is slower; where that does not suffice it is refused with ISLET_ERROR_RESOURCES. With
   * PROCESS isolation the worker's address space is limited too: one that wants more ends with ISLET_ERROR_WORKER. */
  uint64_t memory_budget_bytes;
  /* ISLET_ISOLATION_* */
  uint32_t isolation;
  uint32_t reserved; /* 0 */
  /* Of a fine round's mask the components below this part of the largest are removed, 0...1; 0: none is. */
  double component_ratio;
  /* ISLET_FUSION_* of the coarse pass and of the fine rounds. */
  uint32_t coarse_fusion;
  uint32_t fine_fusion;
  /* A box to start from in place of the coarse pass, as if it were an initial_mask: its first voxel and its number of
   * voxels along each array axis. Sizes all 0: no box. Not together with initial_mask. */
  uint64_t initial_box_first[3];
  uint64_t initial_box_size[3];
  /* since 1.0 up to here */
} islet_request;

/* ------------------------------------------------------------------- output */

/* How the fixed-point iteration ended. */
#define ISLET_END_CONVERGED 1u
#define ISLET_END_ROUNDS_USED_UP 2u
/* A fine round lost the organ: the mask is that of the round before. */
#define ISLET_END_COLLAPSED 3u
/* Nothing was found: the mask is empty. */
#define ISLET_END_EMPTY 4u

/* Bits of islet_output.flags: what a reader of the result must know. */
#define ISLET_FLAG_TOUCHES_BORDER (1ull << 0)          /* the mask touches the border of the volume */
#define ISLET_FLAG_HU_OUT_OF_RANGE (1ull << 1)         /* the HU range is not one the bundle names */
#define ISLET_FLAG_SPACING_OUT_OF_RANGE (1ull << 2)    /* the spacing is not one the bundle names */
#define ISLET_FLAG_OBLIQUE (1ull << 3)                 /* array axes more than 10 degrees off the patient's */
#define ISLET_FLAG_NOT_CONVERGED (1ull << 4)           /* the rounds were used up */
#define ISLET_FLAG_COLLAPSED (1ull << 5)               /* a fine round lost the organ */
#define ISLET_FLAG_EMPTY (1ull << 6)                   /* nothing was found */
#define ISLET_FLAG_UNSIGNED_BUNDLE (1ull << 7)         /* the bundle is not signed: nobody vouches for the weights */
#define ISLET_FLAG_NO_CONFIDENCE (1ull << 8)           /* the bundle has no calibration: predicted_dsc is NaN */
#define ISLET_FLAG_NO_BODY (1ull << 9)                 /* no body outline was found: the whole volume was searched */
#define ISLET_FLAG_ORIENTATION_DOUBTFUL (1ull << 10)   /* the anatomy does not lie as the orientation says */
#define ISLET_FLAG_WRONG_BODY_PART (1ull << 11)        /* the volume does not look like the bundle's part of the body */
#define ISLET_FLAG_FIELD_OF_VIEW (1ull << 12)          /* the volume shows less or more of the body than usual */
#define ISLET_FLAG_LOW_CONFIDENCE (1ull << 13)         /* the grade is ISLET_GRADE_LOW */
#define ISLET_FLAG_SLICES_DOUBTFUL (1ull << 14)        /* slices are constant, repeated, or seem to be missing */
#define ISLET_FLAG_IMAGE_QUALITY (1ull << 15)          /* unusually noisy, smooth, dark or bright, or much metal */
#define ISLET_FLAG_FOREIGN_BUNDLE (1ull << 16)         /* the bundle is signed with a key that is not trusted */
#define ISLET_FLAG_CHANGED_BUNDLE (1ull << 17)         /* the bundle's signature does not fit it */
#define ISLET_FLAG_ROLLED_BACK_BUNDLE (1ull << 18)     /* the bundle is older than the oldest accepted version */

/* The predicted DSC in one word. */
#define ISLET_GRADE_NONE 0u     /* nothing is said: no calibration, or nothing found */
#define ISLET_GRADE_LOW 1u      /* not to be used without correction */
#define ISLET_GRADE_MODERATE 2u /* look closely */
#define ISLET_GRADE_HIGH 3u     /* as good as the bundle gets */

/* Bits of islet_output.view_masks. */
#define ISLET_VIEW_CORONAL 1u
#define ISLET_VIEW_SAGITTAL 2u
#define ISLET_VIEW_AXIAL 4u

/* Where results go. The host allocates the buffers and fills the first block; the plugin fills the second.
 * On any status but ISLET_OK the buffers and the second block are unspecified. */
typedef struct islet_output {
  uint32_t struct_size;
  /* ISLET_ELEMENT_UINT8 (0...255) or ISLET_ELEMENT_FLOAT32 (0...1); ignored without a probability buffer. */
  uint32_t probability_type;
  /* One byte per voxel of the input's grid, packed, axis 0 fastest: the label value, or 0. Must not be NULL. */
  uint8_t *mask;
  uint64_t mask_bytes;
  /* Mean probability of the three views on the same grid; may be NULL. */
  void *probability;
  uint64_t probability_bytes;
  /* Which views found the organ in the last round, before the vote: bits ISLET_VIEW_*, one byte per voxel of the same
   * grid; may be NULL. Where the views disagree, look twice. */
  uint8_t *view_masks;
  uint64_t view_masks_bytes;

  /* --- filled by the plugin --- */
  /* ISLET_END_* */
  uint32_t end;
  /* Fine rounds run. */
  uint32_t rounds;
  /* ISLET_FLAG_* bits. */
  uint64_t flags;
  /* Voxels of the mask and their volume in millilitres, on the input's grid. */
  uint64_t voxels;
  double volume_ml;
  /* d(T), the DSC of the last two masks; NaN when no round ran. */
  double dsc_to_previous;
  /* Mean DSC of the three pairs of views in the last round; NaN when nothing was found. */
  double view_agreement;
  /* Predicted DSC against a careful reader, and what nine of ten cases like those of the calibration reach at least;
   * NaN without a calibration and when nothing was found. The trace gives the reasons in words. */
  double predicted_dsc;
  double predicted_dsc_lower;
  /* ISLET_GRADE_* */
  uint32_t grade;
  uint32_t reserved; /* 0 */
  /* since 1.0 up to here */
} islet_output;

/* --------------------------------------------------------------------- plan */

/* What a run will take. The host fills struct_size, `plan` the rest. */
typedef struct islet_plan {
  uint32_t struct_size;
  /* Threads that will compute: fewer than asked for where the budget admits no more. */
  uint32_t threads;
  /* Most bytes of memory at any moment: with PROCESS isolation of the worker, buffers shared with it included; with NONE
   * of what the host's process grows by. An upper bound: what only the image can tell is taken at its largest. */
  uint64_t bytes;
  /* The smallest memory_budget_bytes that is not refused; the run is slower then. */
  uint64_t smallest_bytes;
  /* Work in millions of multiplications, or what takes as long; to compare runs, and the scale of `progress`. */
  uint64_t work_units;
  /* since 1.0 up to here */
} islet_plan;

/* ------------------------------------------------------------------- plugin */

/* One segmenter: its bundle, its last error and its last trace. */
typedef struct islet_instance islet_instance;

/* Settings of an instance: which bundles load_bundle accepts. A NULL config means all defaults. Copied by `create`. */
typedef struct islet_config {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  /* Whose signatures on bundles count: public keys in minisign's format, any number of .pub files one after the other in
   * one text. NULL: the key of the Islet project, built in. "": nobody's. */
  const char *trusted_keys;
  /* Lines of a bundle's name and its oldest accepted version, such as "pancreas 0.2.0"; may be NULL. Beside that an
   * instance refuses an older version of a signed bundle than one that it has loaded before. */
  const char *minimum_versions;
  /* What is accepted of a bundle all the same, and then flagged in every result: ISLET_FLAG_UNSIGNED_BUNDLE,
   * _FOREIGN_BUNDLE, _CHANGED_BUNDLE, _ROLLED_BACK_BUNDLE. 0: none of them. */
  uint64_t accepted_flags;
  /* since 1.0 up to here */
} islet_config;

/* The plugin's functions; lives as long as the library is loaded. Any function may be called from any thread. */
typedef struct islet_plugin {
  uint32_t struct_size;
  /* Version of the header that the plugin was built with. */
  uint32_t abi_version;
  /* "org.islet.plugin", a name for people, the version, the maker, and what it is (not) meant for. */
  const char *id;
  const char *name;
  const char *version;
  const char *vendor;
  const char *intended_use;

  /* Makes an instance. `host` and `config` may be NULL; both are copied. On failure *instance is NULL. */
  islet_status (*create)(const islet_host *host, const islet_config *config, islet_instance **instance);

  /* Opens a weight bundle and checks its manifest, its layout and who signed it; weights are read and checked by the
   * first segment. Instances with the same bundle share one copy of its weights. Replaces the instance's bundle; on
   * failure the old one stays. */
  islet_status (*load_bundle)(islet_instance *instance, const char *path);

  /* The bundle's manifest as JSON (labels with codes and colours, modality, ranges, licence, measured quality).
   * The text lives until the next load_bundle or destroy. Needs a loaded bundle. */
  islet_status (*describe_bundle)(islet_instance *instance, const char **json);

  /* Segments one volume; blocks until done, cancelled or failed. `request` may be NULL. */
  islet_status (*segment)(islet_instance *instance, const islet_volume *volume, const islet_request *request,
                          islet_output *output);

  /* The last successful run as JSON: rounds with d(t), slices computed and reused, times, flags, geometry, bundle.
   * The text lives until the next segment, load_bundle or destroy. Needs a successful segment. */
  islet_status (*trace)(islet_instance *instance, const char **json);

  /* What went wrong in the instance's last failed call: what, where, what to do. Never NULL; empty if nothing did.
   * With a NULL instance, and while a call is at work on the instance (as after ISLET_ERROR_BUSY): a fixed sentence.
   * The text lives until the next call on the instance. */
  const char *(*last_error)(islet_instance *instance);

  /* "ISLET_OK" for 0 and so on; "unknown status" for other numbers. Static text. */
  const char *(*status_name)(islet_status status);

  /* Ends an instance and frees what it holds. NULL is allowed. Must not be called while a call is at work. */
  void (*destroy)(islet_instance *instance);

  /* An extension of the plugin by id, or NULL when unknown. None is defined in 1.0. */
  const void *(*get_extension)(const char *id);

  /* Says what `segment` would take on a volume of this geometry, before anything is allocated. Of `volume` the voxels may
   * be NULL; they are not read. The outputs counted are mask, view masks and a probability map of one byte a voxel; one of
   * float32 takes three bytes a voxel more. `request` may be NULL. Needs a loaded bundle. Microseconds.
   * ISLET_ERROR_RESOURCES when request->memory_budget_bytes is too small: last_error gives both numbers, and `segment`
   * would say the same. */
  islet_status (*plan)(islet_instance *instance, const islet_volume *volume, const islet_request *request,
                       islet_plan *plan);

  /* As load_bundle, from the bytes of a bundle's file; they are copied. */
  islet_status (*load_bundle_memory)(islet_instance *instance, const void *bytes, uint64_t count);
  /* since 1.0 up to here */
} islet_plugin;

/* Gives the plugin's table. The one exported function; may be called any number of times, does no work.
 * `host` may be NULL; it is only looked at during the call. On failure *plugin is NULL.
 * Returns ISLET_ERROR_ABI_MISMATCH when host_abi_version has another major number, ISLET_ERROR_ARGUMENT when
 * `plugin` is NULL, ISLET_ERROR_STRUCT_SIZE when `host` is too small. */
islet_status islet_plugin_entry(uint32_t host_abi_version, const islet_host *host, const islet_plugin **plugin);

/* Type of islet_plugin_entry, for dlsym. */
typedef islet_status (*islet_plugin_entry_function)(uint32_t host_abi_version, const islet_host *host,
                                                    const islet_plugin **plugin);

#ifdef __cplusplus
}
#endif

#endif
