// Files a person picks, drops or pastes.

const PHOTO = /^image\/(jpeg|png|webp)$/;

export function attach(draft, list) {
  for (const file of list) {
    const isPhoto = PHOTO.test(file.type);
    draft.files.push({ file, isPhoto, preview: isPhoto ? URL.createObjectURL(file) : "" });
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
