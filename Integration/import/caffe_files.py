"""Writes .caffemodel files with the protobuf package, and the prototxt with which OpenCV reads them."""

import pathlib
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

from networks import CONVOLUTIONS

# The names that the authors' files give the last layers.
AUTHORS_NAMES = {
    name: f"{name}-new"
    for name in ("score_fr", "score_pool4", "score_pool3", "upscore2", "upscore_pool4", "upscore8")
}


def _messages():
    here = pathlib.Path(__file__).resolve().parent
    with tempfile.NamedTemporaryFile(suffix=".pb") as file:
        if protoc.main(["protoc", f"-I{here}", f"--descriptor_set_out={file.name}", "caffe.proto"]) != 0:
            raise SystemExit("caffe.proto: protoc failed")
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for description in files.file:
        pool.Add(description)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"islet.caffe.{name}"))
        for name in ("Network", "LooseNetwork")
    }


MESSAGES = _messages()


def layer_names(weights):
    return list(dict.fromkeys(name.rsplit(".", 1)[0] for name in weights))


def write_caffemodel(path, networks, is_v1, is_loose, is_legacy, gradients=False):
    """Writes networks, a list of (weights, name of a layer -> name in the file), as one file.

    is_v1: layers of the format before the present one; is_loose: a tag before every number in place of packed ones;
    is_legacy: num, channels, height, width in place of a shape; gradients: blobs hold theirs too, as in a snapshot.
    """
    network = MESSAGES["LooseNetwork" if is_loose else "Network"](name="FCN", input=["data"])

    def add(name, kind, arrays):
        layer = (network.layers_v1 if is_v1 else network.layers).add()
        layer.name = name
        layer.type = {"Convolution": 4, "Deconvolution": 39, "ReLU": 18}[kind] if is_v1 else kind
        layer.bottom.append("data")
        layer.top.append(name)
        for array in arrays:
            blob = layer.blobs.add()
            extents = array.shape
            if is_legacy:
                blob.num, blob.channels, blob.height, blob.width = (1,) * (4 - len(extents)) + extents
            else:
                blob.shape.extents.extend(extents)
            blob.numbers.extend(array.ravel())
            if gradients:
                blob.gradients.extend(array.ravel()[:7])

    for weights, rename in networks:
        for name in layer_names(weights):
            parts = [weights[f"{name}.{part}"] for part in ("weight", "bias") if f"{name}.{part}" in weights]
            add(rename(name), "Deconvolution" if name.startswith("upscore") else "Convolution", parts)
            if name.startswith("conv"):
                add("relu" + rename(name)[4:], "ReLU", [])
    with open(path, "wb") as file:
        file.write(network.SerializeToString())


def prototxt(weights, rows, columns, suffix=""):
    """The network with its sizes in Caffe's text format, for another reader of the same file.

    suffix: what the layers' names in the file end with.
    """
    text = [f'name: "FCN" input: "data" input_dim: 1 input_dim: 3 input_dim: {rows} input_dim: {columns}']

    def layer(name, kind, bottoms, parameters=""):
        sources = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
        text.append(f'layer {{ name: "{name}" type: "{kind}" {sources} top: "{name}" {parameters} }}')
        return name

    def convolve(name, bottom, pad=0):
        outputs, _, kernel, _ = weights[f"{name}.weight"].shape
        return layer(
            AUTHORS_NAMES.get(name, name) + suffix, "Convolution", [bottom],
            f"convolution_param {{ num_output: {outputs} kernel_size: {kernel} pad: {pad} }}")

    def upsample(name, bottom):
        _, outputs, kernel, _ = weights[f"{name}.weight"].shape
        return layer(
            AUTHORS_NAMES[name] + suffix, "Deconvolution", [bottom],
            f"convolution_param {{ num_output: {outputs} kernel_size: {kernel} stride: {kernel // 2}"
            " bias_term: false }")

    def crop(name, bottom, like, offset):
        return layer(name, "Crop", [bottom, like], f"crop_param {{ axis: 2 offset: {offset} }}")

    top = "data"
    pools = {}
    for block, count in enumerate(CONVOLUTIONS, 1):
        for index in range(1, count + 1):
            top = convolve(f"conv{block}_{index}", top, 100 if (block, index) == (1, 1) else 1)
            top = layer(f"relu{block}_{index}", "ReLU", [top])
        top = pools[block] = layer(
            f"pool{block}", "Pooling", [top], "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    top = layer("relu6", "ReLU", [convolve("fc6", top)])
    top = layer("relu7", "ReLU", [convolve("fc7", top)])
    top = upsample("upscore2", convolve("score_fr", top))
    top = layer("fuse4", "Eltwise", [top, crop("crop4", convolve("score_pool4", pools[4]), top, 5)])
    top = upsample("upscore_pool4", top)
    top = layer("fuse3", "Eltwise", [top, crop("crop3", convolve("score_pool3", pools[3]), top, 9)])
    crop("score", upsample("upscore8", top), "data", 31)
    return "\n".join(text) + "\n"
