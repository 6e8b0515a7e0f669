// Files a person picks, drops or pastes.

let count = 0;
const PHOTO = /^image\/(jpeg|png|webp)$/;

const PHOTO_BYTES = 10 * 1024 * 1024; // a larger picture goes as a file, as in Telegram
const FILE_BYTES = 50 * 1024 * 1024; // what the local stand-in takes

// Adds what can be sent; complain(reason, name) hears of the others.
export function attach(draft, list, complain) {
  for (const file of list) {
    if (!file.size || file.size > FILE_BYTES) {
      complain(file.size ? "big" : "blank", file.name);
      continue;
    }
    const isPhoto = PHOTO.test(file.type) && file.size <= PHOTO_BYTES;
    draft.files.push({ id: ++count, file, isPhoto, preview: isPhoto ? URL.createObjectURL(file) : "" });
  }
}

// A picture pasted from the clipboard has no name of its own.
export function filesIn(transfer) {
  return [...(transfer?.files ?? [])];
}

export async function encode(files) {
  return Promise.all(
    files.map(async ({ file }) => ({
      name: file.name,
      mime: file.type || "application/octet-stream",
      data: await base64(file),
    })),
  );
}

export function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
