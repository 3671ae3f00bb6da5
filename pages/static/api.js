// The few REST calls of the live view. A refusal becomes an ApiError with the server's own words.

export class ApiError extends Error {
  constructor(code, message, status) {
    super(message);
    Object.assign(this, { code, status });
  }
}

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = body.error ?? {};
  throw new ApiError(error.code ?? "failed", error.message ?? `The server answered ${answer.status}.`, answer.status);
}

/** {version, text, scopes, purposes, ephemeral_disk} */
export async function getConsent() {
  return read(await fetch("/api/consent", { headers: { Accept: "application/json" } }));
}

/** {token, scopes, expires_at}; scopes are the consent. */
export async function postGuest(scopes, purpose) {
  return read(
    await fetch("/api/guest", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ scopes, purpose }),
    }),
  );
}

/** Sends a clip as a raw body; XMLHttpRequest because fetch cannot tell how far an upload has come. */
export function postClip(file, token, onprogress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/api/clips");
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onprogress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) return resolve(request.response);
      const error = request.response?.error ?? {};
      reject(new ApiError(error.code ?? "failed", error.message ?? "", request.status));
    };
    request.onerror = () => reject(new ApiError("network", "", 0));
    request.onabort = () => reject(new ApiError("cancelled", "", 0));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}
