export function Brand() {
  return (
    <a class="brand" href="/" aria-label="Mcu, home">
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" class="brand-tile" />
        <path
          d="M7 9.500h7v6H7zM18 9.500h7v6h-7zM7 18.500h18v5H7z"
          fill="#fff"
          stroke="#fff"
          stroke-width="1.500"
          stroke-linejoin="round"
        />
      </svg>
      <span>Mcu</span>
    </a>
  );
}
