"""Figures as files that arrive late, small and without a jump: a Sphinx extension.

* Each figure states its size, so that the text around it stays where it is, and is loaded when a reader comes near.
* Beside each PNG stands the same picture as lossless WebP, pixel for pixel, at about half its size.
* Pictures written into a page's HTML, the frames of a slider, become files.
"""

import base64
import hashlib
import re
import struct
from pathlib import Path

from PIL import Image

INLINE = re.compile(r'(?<=src=")data:image/png;base64,([^"]+)(?=")')
# Of the settings tried on the course's figures the one with nearly the smallest files, in a thirtieth of the time.
LOSSLESS = {"format": "WEBP", "lossless": True, "quality": 70, "method": 4, "exact": True}


def finish_figures(app, pagename, templatename, context, doctree):
    """Complete the figures of a page."""
    if "body" not in context:
        return
    folder = Path(app.outdir) / app.builder.imagedir
    folder.mkdir(exist_ok=True)
    address = app.builder.imgpath
    body = INLINE.sub(lambda match: f"{address}/{extracted(match[1], folder)}", context["body"])
    sources = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
    sources.update((path.name, path) for path in folder.glob("*.png") if path.name not in sources)
    context["body"] = with_smaller_files(describe_images(body, sources), sources, folder)


def extracted(picture, folder):
    """Write a PNG, given as base64, into `folder`; return its file name, which follows from its bytes."""
    content = base64.b64decode(picture, validate=True)
    name = hashlib.sha256(content).hexdigest() + ".png"
    (folder / name).write_bytes(content)
    return name


def describe_images(body, sources):
    """Give figures their size, so that text does not jump when they arrive, and load those further down later.

    `sources` maps the published file name of each image to the file it comes from.
    """

    def completed(match):
        tag = match[0]
        source = source_of(tag, sources)
        size = png_size(source) if source else None
        if size and "width" not in tag:
            tag = tag.replace("<img ", f'<img width="{size[0]}" height="{size[1]}" ', 1)
        return tag.replace("<img ", '<img loading="lazy" decoding="async" ', 1)

    return re.sub(r"<img [^>]*>", completed, body)


def source_of(tag, sources):
    """Return the file that an image's tag shows, None where it is none of `sources`."""
    name = re.search(r'src="(?:[^"]*/)?([^"/]+)"', tag)
    return sources.get(name[1]) if name else None


def png_size(path):
    """Return (width, height) in pixels from a PNG file's header, None for another kind of file."""
    with open(path, "rb") as file:
        header = file.read(24)
    return struct.unpack(">II", header[16:24]) if header.startswith(b"\x89PNG") else None


def with_smaller_files(body, sources, folder):
    """Offer each PNG as WebP as well, where that is smaller; the files go into `folder`."""

    def offered(match):
        tag = match[0]
        source = source_of(tag, sources)
        smaller = as_webp(source, folder) if source and png_size(source) else None
        if smaller is None:
            return tag
        address = re.search(r'src="((?:[^"]*/)?)[^"/]+"', tag)[1]
        # A hidden picture stays hidden: the attribute is on the image, which lies inside.
        return f'<picture><source type="image/webp" srcset="{address}{smaller}">{tag}</picture>'

    return re.sub(r"<img [^>]*>", offered, body)


def as_webp(png, folder):
    """Write a PNG as WebP into `folder` unless it is there; return its name, None where WebP is not smaller."""
    target = folder / f"{png.stem}.webp"
    if not target.is_file() or target.stat().st_mtime < png.stat().st_mtime:
        with Image.open(png) as picture:
            opaque = picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255)
            (picture.convert("RGB") if opaque else picture).save(target, **LOSSLESS)
    if target.stat().st_size >= png.stat().st_size:
        target.unlink()
        return None
    return target.name


def setup(app):
    """Register the work on figures with Sphinx."""
    # After the body is written, before security_policy looks at it.
    app.connect("html-page-context", finish_figures, priority=910)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
